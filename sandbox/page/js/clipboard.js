// Copying a text.
import { toast } from "./toasts.js";

/** Copies the text, and says so. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast("The browser does not let this page copy; select the text instead.");
  }
}
