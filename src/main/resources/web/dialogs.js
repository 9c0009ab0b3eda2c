// Opens dialogs: a form with a submit button and cancel buttons.

/**
 * @param {HTMLDialogElement} dialog
 * @param {(form: HTMLFormElement) => Promise<void>|void} act called on submit; when it throws, the message is shown and the dialog stays open
 * @param {Function} [left] called when the dialog closes, for whatever reason
 */
export function open(dialog, act, left = () => {}) {
  const form = dialog.querySelector('form');
  const wrong = dialog.querySelector('.wrong');
  const submit = async event => {
    event.preventDefault();
    showText(wrong, '');
    try {
      await act(form);
      dialog.close();
    } catch (cause) {
      showText(wrong, cause.message);
    }
  };
  const cancel = event => event.target.closest('.cancel') && dialog.close();
  form.addEventListener('submit', submit);
  dialog.addEventListener('click', cancel);
  dialog.addEventListener('close', () => {
    form.removeEventListener('submit', submit);
    dialog.removeEventListener('click', cancel);
    showText(wrong, '');
    left();
  }, {once: true});
  if (!dialog.open) dialog.showModal();
}

function showText(element, text) {
  if (element) element.textContent = text;
}
