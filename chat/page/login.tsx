/** Signing up and logging in. */
import { useSignal } from '@preact/signals';
import { PASSWORD_MAX, PASSWORD_MIN } from '../state/limits.ts';
import { NAME_RULE_TEXT } from '../state/names.ts';
import { type ChatModel, explain } from './model.ts';

export function LoginForm({ model }: { model: ChatModel }) {
  const name = useSignal('');
  const password = useSignal('');
  const busy = useSignal<'log in' | 'sign up' | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);

  const enter = async (what: 'log in' | 'sign up') => {
    if (busy.value) return;
    busy.value = what;
    error.value = undefined;
    try {
      await model.enter(name.value.trim(), password.value, what === 'sign up');
    } catch (problem) {
      error.value = explain(problem);
    }
    busy.value = undefined;
  };

  return (
    <main class="login">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void enter('log in');
        }}
      >
        <h1>Come in</h1>
        <p class="hint">
          Everything you send is kept by a majority of the replicas before it counts as sent. Stop some of
          them and keep talking.
        </p>
        <label>
          Name
          <input
            data-testid="name"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            maxlength={32}
            required
            autofocus
            value={name.value}
            onInput={(event) => {
              name.value = event.currentTarget.value;
            }}
            aria-describedby="name-rule"
          />
        </label>
        <p class="rule" id="name-rule">
          {NAME_RULE_TEXT}
        </p>
        <label>
          Password
          <input
            data-testid="password"
            type="password"
            autocomplete="current-password"
            maxlength={PASSWORD_MAX}
            required
            value={password.value}
            onInput={(event) => {
              password.value = event.currentTarget.value;
            }}
            aria-describedby="password-rule"
          />
        </label>
        <p class="rule" id="password-rule">
          at least {PASSWORD_MIN} characters
        </p>
        {error.value && (
          <p class="error" role="alert" data-testid="form-error">
            {error.value}
          </p>
        )}
        <div class="buttons">
          <button type="submit" class="primary" data-testid="log-in" disabled={busy.value !== undefined}>
            {busy.value === 'log in' ? 'Logging in …' : 'Log in'}
          </button>
          <button
            type="button"
            data-testid="sign-up"
            disabled={busy.value !== undefined}
            onClick={(event) => {
              if (event.currentTarget.form?.reportValidity()) void enter('sign up');
            }}
          >
            {busy.value === 'sign up' ? 'Signing up …' : 'Sign up'}
          </button>
        </div>
      </form>
    </main>
  );
}
