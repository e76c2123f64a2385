/** What the lesson is about, and its questions; their answers are shown when asked for. */
import type { Lesson } from '../gallery/lessons/lesson.ts';

interface StoryProps {
  readonly lesson: Lesson | undefined;
  /** The lesson after this one. */
  readonly next: Lesson | undefined;
  onOpen(lesson: Lesson): void;
}

export function Story({ lesson, next, onOpen }: StoryProps) {
  return (
    <div class="story">
      {lesson === undefined ? (
        <p>
          Machines of your own. Click a machine, a message or a link to do something to it; drag a line over
          the stage to split the network.
        </p>
      ) : (
        <>
          <h2>{lesson.title}</h2>
          <p>{lesson.about}</p>
          {lesson.questions.map(({ ask, answer }) => (
            <details key={ask}>
              <summary>{ask}</summary>
              <p>{answer}</p>
            </details>
          ))}
        </>
      )}
      <ul class="hints">
        <li>Click a machine, a message or a link: all that can be done to it is there.</li>
        <li>Drag a line over the stage: the network is split along it.</li>
        <li>
          Go back, and do something else: another future begins, and <b>Beside</b> shows both.
        </li>
      </ul>
      {next && (
        <button type="button" onClick={() => onOpen(next)}>
          Next: {next.title}
        </button>
      )}
    </div>
  );
}
