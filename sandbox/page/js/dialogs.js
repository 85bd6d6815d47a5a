// Modal dialogs, based on <dialog>: focus stays inside, Escape closes, focus returns after.
import { h } from "./dom.js";

let count = 0;

/**
 * Opens a dialog. `actions`: [{label, main?, danger?, run?}]; an action closes the dialog unless its
 * `run(form data)` throws, whose message is then shown. Enter presses the main action, the form's only submit button:
 * browsers press the first one, wherever the focus is.
 */
export function openDialog({ title, body, actions, testid }) {
  const id = `dialog-${(count += 1)}`;
  const fault = h("p", { class: "form-fault", role: "alert" });
  const form = h("form", { method: "dialog" },
    title && h("h2", { id }, title), h("div", { class: "dialog-body" }, body), fault,
    h("div", { class: "dialog-actions" }, actions.map((action) => actionButton(action))));
  const dialog = h("dialog", { class: "dialog", dataset: testid ? { testid } : {}, ...(title ? { "aria-labelledby": id } : {}) }, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(actions.find((action) => action.main));
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());

  async function run(action) {
    try {
      await action?.run?.(new FormData(form));
      dialog.close();
    } catch (error) {
      fault.textContent = error.message;
    }
  }

  function actionButton(action) {
    return h("button", {
      type: action.main ? "submit" : "button", class: `button${action.main ? " main" : ""}${action.danger ? " danger" : ""}`,
      dataset: { testid: action.testid ?? "" }, on: action.main ? {} : { click: () => run(action) },
    }, action.label);
  }

  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks for confirmation before something that cannot be undone. */
export function confirmDialog(title, text, label, run) {
  return openDialog({ title, body: [h("p", {}, text)], actions: [{ label: "Cancel" }, { label, main: true, danger: true, run }] });
}

/** Returns a labelled text field for a dialog's form. */
export function field(label, name, { required = false, value = "", maxlength = 64, placeholder = "", pattern } = {}) {
  return h("label", { class: "field" }, h("span", {}, label),
    h("input", { name, required, value, maxlength, placeholder, pattern, autocomplete: "off", autofocus: required }));
}
