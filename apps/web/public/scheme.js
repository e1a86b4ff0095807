// Before the first paint, so that it has the chosen colours. `src/design/scheme.tsx` stores the choice.
try {
  document.documentElement.dataset.scheme = localStorage.getItem('marquee-scheme') ?? '';
} catch {
  // no storage: the system's scheme
}
