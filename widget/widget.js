// The one line of an embedding site: <script src="https://HOST/widget/widget.js" defer></script>
// It shows a button; the chat itself is loaded when a person presses it. See docs/embedding.md.
{
  const { src, dataset } = document.currentScript;
  import(new URL("launcher.js", src)).then(({ launch }) => launch(dataset));
}
