/** Small things that several views show. */

/** A round letter in a colour of the name's own. */
export function Avatar({ name }: { name: string }) {
  let hue = 0;
  for (const character of name) hue = (hue * 31 + character.charCodeAt(0)) % 360;
  return (
    <span class="avatar" style={{ '--hue': hue }} aria-hidden="true">
      {name.slice(0, 1).toUpperCase()}
    </span>
  );
}

/** The time of day for today, the date for earlier. */
export function shortTime(ms: number): string {
  const date = new Date(ms);
  return isToday(date)
    ? timeOfDay(ms)
    : date.toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
}

export function timeOfDay(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}

export function dayName(ms: number): string {
  const date = new Date(ms);
  if (isToday(date)) return 'Today';
  return date.toLocaleDateString(undefined, {
    weekday: 'long',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
  });
}

const isToday = (date: Date) => date.toDateString() === new Date().toDateString();
