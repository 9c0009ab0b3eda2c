// Opens dialogs: a form with a button that does it and others that do not.

/**
 * @param {HTMLDialogElement} dialog
 * @param {(form: HTMLFormElement) => Promise<void>|void} act on submit; what it throws is shown, and the dialog stays
 * @param {Function} [left] when the dialog closes, whichever way
 */
export function open(dialog, act, left = () => {}) {
  const form = dialog.querySelector('form');
  const wrong = dialog.querySelector('.wrong');
  const submit = async event => {
    event.preventDefault();
    say(wrong, '');
    try {
      await act(form);
      dialog.close();
    } catch (cause) {
      say(wrong, cause.message);
    }
  };
  const cancel = event => event.target.closest('.cancel') && dialog.close();
  form.addEventListener('submit', submit);
  dialog.addEventListener('click', cancel);
  dialog.addEventListener('close', () => {
    form.removeEventListener('submit', submit);
    dialog.removeEventListener('click', cancel);
    say(wrong, '');
    left();
  }, {once: true});
  if (!dialog.open) dialog.showModal();
}

function say(element, text) {
  if (element) element.textContent = text;
}
