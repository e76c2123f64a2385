/** The user's own account: how they want to be called, the password, other devices, and its end. */
import { useSignal } from '@preact/signals';
import type { TargetedInputEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { DISPLAY_MAX, PASSWORD_MAX, PASSWORD_MIN } from '../state/limits.ts';
import type { LoginView } from '../state/views.ts';
import type { ChatModel } from './model.ts';
import { Avatar } from './theme.tsx';

export function AccountButton({ model }: { model: ChatModel }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = useSignal(false);
  const name = model.login.value?.name ?? '';
  return (
    <>
      <button
        type="button"
        class="quiet me-button"
        data-testid="account"
        onClick={() => {
          isOpen.value = true;
          dialog.current?.showModal();
        }}
      >
        <Avatar name={name} />
        <span class="me-name" data-testid="me">
          {name}
        </span>
        <span class="for-readers">, your account</span>
      </button>
      <dialog
        ref={dialog}
        aria-label="Your account"
        onClose={() => {
          isOpen.value = false;
        }}
      >
        {isOpen.value && (
          <>
            <DisplayForm model={model} />
            <PasswordForm model={model} />
            <Logins model={model} />
            <DeleteForm model={model} />
            {/* Behind the dialog it would not be seen. */}
            {model.notice.value && (
              <p class="warning" role="status">
                {model.notice.value}
              </p>
            )}
            <button type="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </>
        )}
      </dialog>
    </>
  );
}

function DisplayForm({ model }: { model: ChatModel }) {
  const display = useSignal('');
  const isDone = useSignal(false);
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        isDone.value = await model.try(() => model.client.account.setDisplay(display.value.trim()));
      }}
    >
      <h2>How others see you</h2>
      <Field label="Name to be called by" testId="display" value={display} max={DISPLAY_MAX} />
      <button type="submit" data-testid="save-display">
        Save
      </button>
      {isDone.value && <p role="status">Saved.</p>}
    </form>
  );
}

function PasswordForm({ model }: { model: ChatModel }) {
  const [old, password] = [useSignal(''), useSignal('')];
  const isDone = useSignal(false);
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        isDone.value = await model.try(() => model.client.account.changePassword(old.value, password.value));
        if (isDone.value) old.value = password.value = '';
      }}
    >
      <h2>Password</h2>
      <Field label="Password now" testId="old-password" value={old} max={PASSWORD_MAX} isSecret />
      <Field
        label={`New password, at least ${PASSWORD_MIN} characters`}
        testId="new-password"
        value={password}
        max={PASSWORD_MAX}
        isSecret
      />
      <button type="submit" data-testid="save-password">
        Change, and log out elsewhere
      </button>
      {isDone.value && <p role="status">Changed.</p>}
    </form>
  );
}

function Logins({ model }: { model: ChatModel }) {
  const logins = useSignal<readonly LoginView[] | undefined>(undefined);
  const look = () =>
    model.try(async () => {
      logins.value = await model.client.account.logins();
    });
  useEffect(() => void look(), []);
  return (
    <section aria-label="Devices">
      <h2>Where you are logged in</h2>
      <ul data-testid="logins">
        {logins.value?.map(({ id, createdAt, current }) => (
          <li key={id}>
            since {new Date(createdAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
            {current ? (
              <span class="item-preview">here</span>
            ) : (
              <button
                type="button"
                class="quiet"
                onClick={() => void model.try(() => model.client.account.endLogin(id)).then(look)}
              >
                End
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function DeleteForm({ model }: { model: ChatModel }) {
  const password = useSignal('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void model.deleteAccount(password.value);
      }}
    >
      <h2>Delete this account</h2>
      <p class="rule">For good. What you wrote stays, under a deleted account; your name stays taken.</p>
      <Field label="Password" testId="delete-password" value={password} max={PASSWORD_MAX} isSecret />
      <button type="submit" class="danger" data-testid="delete-account" disabled={password.value === ''}>
        Delete
      </button>
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly testId: string;
  readonly value: { value: string };
  readonly max: number;
  readonly isSecret?: boolean;
}

function Field({ label, testId, value, max, isSecret = false }: FieldProps) {
  const given = {
    'aria-label': label,
    placeholder: label,
    'data-testid': testId,
    maxlength: max,
    autocomplete: 'off',
    value: value.value,
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => {
      value.value = event.currentTarget.value;
    },
  };
  return isSecret ? <input type="password" {...given} /> : <input type="text" {...given} />;
}
