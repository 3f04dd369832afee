// Everything works without this. It saves keystrokes and keeps the first screen fresh.
import "./errors.js";
import "./keys.js";
import "./refresh.js";
