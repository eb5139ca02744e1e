// The library tells what went wrong with a security key to the console alone; a person reads it in the page.
document.addEventListener("allauth.error", (event) => {
  const place = document.getElementById("key-fault");
  const name = window.PublicKeyCredential ? event.detail.exception.name : "SecurityError";
  place.textContent = place.dataset[{ SecurityError: "place", InvalidStateError: "twice" }[name] || "refused"];
  place.hidden = false;
  event.preventDefault();
});
