/**
 * Numbers of the layout that are the same where a picture is made and where the page's script draws
 * it anew.
 */

/** Padding above and below the lines of a plot, so that none is cut. */
export const LINE_PAD = 8;

/** More faults than this are drawn paler, so that what lies under them is seen. */
export const MANY_MARKS = 30;

/** Marks of the time axis, about. */
export const MOST_TIME_MARKS = 6;
