/* Copy buttons of a meeting inside the admin, which does not load app.js; without this file the text is selected by hand. */
(function () {
  'use strict';
  var d = document, live = d.getElementById('live');
  function done(button) {
    button.querySelector('span').textContent = live.dataset.copied;
    live.textContent = live.dataset.copied;
  }
  d.querySelectorAll('[data-copy]').forEach(function (button) {
    button.hidden = false;
    button.addEventListener('click', function () {
      var text = button.getAttribute('data-copy');
      if (navigator.clipboard && window.isSecureContext) {
        navigator.clipboard.writeText(text).then(function () { done(button); });
        return;
      }
      var box = d.createElement('textarea');
      box.value = text;
      d.body.appendChild(box);
      box.select();
      try { d.execCommand('copy'); done(button); } catch (error) { /* the text is on the page */ }
      box.remove();
      button.focus();
    });
  });
}());
