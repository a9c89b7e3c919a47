/* The button of the dispatch form says whom it sends. Without this file it says "the chosen one". */
(function () {
  'use strict';
  var button = document.querySelector('[data-send]');
  if (!button) return;
  function name() {
    var chosen = document.querySelector('input[name="to"]:checked');
    if (chosen) button.textContent = button.dataset.send.replace('{name}', chosen.dataset.name);
  }
  document.addEventListener('change', name);
  name();
}());
