/** The page's entry: one model, one view. */
import { render } from 'preact';
import { App } from './app.tsx';
import { ChatModel } from './model.ts';

render(<App model={new ChatModel(location.origin)} />, document.getElementById('app')!);
