/** The gallery: all lessons, in an order that teaches, and machines of one's own. */
import { useEffect, useRef } from 'preact/hooks';
import type { Setup } from '../run/run.ts';
import { CHAPTERS } from './chapters.ts';
import type { Lesson } from './lessons/lesson.ts';
import { SetupForm } from './setup.tsx';

interface GalleryProps {
  readonly lesson: Lesson | undefined;
  readonly setup: Setup;
  onLesson(lesson: Lesson): void;
  onSetup(setup: Setup): void;
  onClose(): void;
}

export function Gallery({ lesson, setup, onLesson, onSetup, onClose }: GalleryProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  return (
    <dialog ref={dialog} class="gallery" aria-label="Gallery" onClose={onClose}>
      <div class="head">
        <h2>Gallery</h2>
        <button type="button" aria-label="Close the gallery" onClick={() => dialog.current!.close()}>
          ×
        </button>
      </div>
      {CHAPTERS.map(({ title, lessons }) => (
        <section key={title}>
          <h3>{title}</h3>
          <ul>
            {lessons.map((one) => (
              <li key={one.name}>
                <button type="button" aria-current={one === lesson} onClick={() => onLesson(one)}>
                  <b>{one.title}</b> <span>{one.about}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <section>
        <h3>Machines of your own</h3>
        <SetupForm setup={setup} onOpen={onSetup} />
      </section>
    </dialog>
  );
}
