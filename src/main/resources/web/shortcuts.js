// The keyboard shortcuts of the page.

/** @param {{copy: function(): boolean, find: Function, pause: Function}} actions `copy` returns whether there was something to copy */
export function listenForShortcuts({copy, find, pause}) {
  document.addEventListener('keydown', event => {
    const typing = event.target.closest('input, select, textarea, dialog');
    if (typing) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key === 'c' && getSelection().isCollapsed) {
        if (!copy()) return;
      } else if (event.key === 'f' && event.target.closest('#log')) find();
      else return;
      event.preventDefault();
    } else if (event.key === '/') {
      event.preventDefault();
      find();
    } else if (event.key === 'p') pause();
  });
}
