// The status around the lines: how many there are, how many were dropped, and how many arrived below.

import {byId, plural, setText} from './dom.js';

/** @param {number} kept the number of lines that the view keeps */
export function showStatus(view, kept) {
  const {store} = view;
  const limit = store.isHeavy ? 'has no memory left for more' : `keeps ${plural(kept, 'line')}`;
  setText('left', store.dropped > 0 ? `${plural(store.dropped, 'older line')} dropped from this view, which ${limit}.` : '');
  byId('left').hidden = store.dropped === 0;
  setText('amount', plural(store.lines, 'line'));
  byId('follow').hidden = view.following;
  setText('follow', view.unseen > 0 ? `↓ ${plural(view.unseen, 'new line')}` : '↓ Follow');
}
