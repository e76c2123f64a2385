/** The whole page: the cluster bar on top, then either the login or the chat. */
import { useSignalEffect } from '@preact/signals';
import { ClusterBar } from './cluster-bar.tsx';
import { ConversationView } from './conversation.tsx';
import { LoginForm } from './login.tsx';
import type { ChatModel } from './model.ts';
import { Sidebar } from './sidebar.tsx';

export function App({ model }: { model: ChatModel }) {
  useSignalEffect(() => {
    const unread = model.unread.value;
    document.title = unread > 0 ? `(${unread}) Tickraft chat` : 'Tickraft chat';
  });
  return (
    <div class="app">
      <ClusterBar model={model} />
      <div role="status">
        {model.notice.value && (
          <p class="notice" data-testid="notice">
            {model.notice.value}
          </p>
        )}
      </div>
      {model.phase.value === 'starting' && <p class="starting">Logging in again …</p>}
      {model.phase.value === 'logged out' && <LoginForm model={model} />}
      {model.phase.value === 'logged in' && (
        <main class="chat" data-open={model.current.value !== undefined}>
          <Sidebar model={model} />
          <ConversationView model={model} />
        </main>
      )}
    </div>
  );
}
