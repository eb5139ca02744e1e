// Compares a file with the registered digest, here in the browser; nothing is sent.
(() => {
  const box = document.querySelector(".verify-drop");
  if (!box) return;
  const input = box.querySelector("input");
  const answer = box.querySelector(".verify-answer");

  async function digest(buffer) {
    if (!window.crypto || !window.crypto.subtle) return window.sha256(buffer);
    const raw = new Uint8Array(await window.crypto.subtle.digest("SHA-256", buffer));
    return Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function compare(file) {
    if (!file) return;
    answer.textContent = box.dataset.busy;
    const found = await digest(await file.arrayBuffer());
    answer.textContent = (found === box.dataset.digest ? box.dataset.same : box.dataset.other) + " " + box.dataset.label + found;
  }

  input.addEventListener("change", () => compare(input.files[0]));
  box.addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("over"); });
  box.addEventListener("dragleave", () => box.classList.remove("over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    compare(event.dataTransfer.files[0]);
  });
})();
