// Tells which apps may be read, or what to do to read any.
const response = await fetch("/-/session");
const session = await response.json();
const told = document.getElementById("told");
told.textContent = response.ok ? session.apps.map((app) => app.title).join(", ") : session.detail;
