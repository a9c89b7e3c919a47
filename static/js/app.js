/* Progressive enhancement of every door. Without this file all journeys work the same, with page loads.
   Words come from the page (data-* of #live), so that they are translated with it. */
(function () {
  'use strict';
  var d = document, html = d.documentElement, live = d.getElementById('live'), words = live ? live.dataset : {};
  function on(type, sel, fn) {
    d.addEventListener(type, function (e) {
      var t = e.target.closest && e.target.closest(sel);
      if (t) fn(e, t);
    });
  }
  function say(text) {
    if (live && text) { live.textContent = ''; setTimeout(function () { live.textContent = text; }, 60); }
  }

  /* 1 Large type without a reload; without this script the form posts to /display/. */
  on('submit', 'form[data-elder]', function (e, f) {
    e.preventDefault();
    var big = html.classList.toggle('elder');
    d.cookie = 'mode=' + (big ? 'elder' : 'standard') + ';path=/;max-age=31536000;samesite=lax';
    d.querySelectorAll('form[data-elder] button').forEach(function (b) {
      b.querySelector('span').textContent = big ? words.standard : words.large;
      b.value = big ? 'standard' : 'elder';
    });
    say(big ? words.saidLarge : words.saidStandard);
  });

  /* 2 Errors: focus goes to the summary; a line of the summary leads into its field. */
  function focusErrors(root) { var s = (root || d).querySelector('.err-sum'); if (s) s.focus(); }
  on('click', '.err-sum a[href^="#"]', function (e, a) {
    var f = d.getElementById(a.getAttribute('href').slice(1));
    if (!f) return;
    e.preventDefault();
    var lab = d.querySelector('label[for="' + f.id + '"]') || f;
    lab.scrollIntoView({ block: 'center' }); f.focus({ preventScroll: true });
  });
  focusErrors();
  d.addEventListener('htmx:afterSwap', function (e) { focusErrors(e.target); });

  /* 3 A second press of the same button sends nothing (the server also takes it once). */
  on('submit', 'form[method=post]:not([data-elder])', function (e, f) {
    if (f.dataset.busy) { e.preventDefault(); return; }
    f.dataset.busy = 1;
    var b = e.submitter || f.querySelector('button:not([type=button])');
    var old = b && b.innerHTML;
    if (b && words.busy) { b.setAttribute('aria-disabled', 'true'); b.textContent = words.busy; }
    function free() { delete f.dataset.busy; if (old !== null && b) { b.removeAttribute('aria-disabled'); b.innerHTML = old; } }
    setTimeout(free, 8000);
    window.addEventListener('pageshow', function (p) { if (p.persisted) free(); }, { once: true });
  });

  /* 4 Copy a number, print, dialogs, read aloud. */
  on('click', '[data-copy]', function (e, b) {
    var t = b.getAttribute('data-copy');
    function ok() { b.querySelector('span').textContent = words.copied; say(words.copied); }
    if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(t).then(ok); return; }
    var x = d.createElement('textarea'); x.value = t; d.body.appendChild(x); x.select();
    try { d.execCommand('copy'); ok(); } catch (err) { /* the number is on the page to be written down */ }
    x.remove(); b.focus();
  });
  d.querySelectorAll('[data-print],[data-copy]').forEach(function (b) { b.hidden = false; });
  on('click', '[data-print]', function () { window.print(); });
  on('click', '[data-dialog]', function (e, b) {
    var g = d.getElementById(b.getAttribute('data-dialog'));
    if (g && g.showModal) { e.preventDefault(); g.showModal(); }
  });
  on('click', 'dialog [data-close]', function (e, b) { e.preventDefault(); b.closest('dialog').close(); });
  var voice = window.speechSynthesis;
  if (voice) d.querySelectorAll('[data-read]').forEach(function (b) { b.hidden = false; });
  on('click', '[data-read]', function (e, b) {
    if (voice.speaking) { voice.cancel(); b.setAttribute('aria-pressed', 'false'); return; }
    var m = d.getElementById(b.getAttribute('data-read')), u = new SpeechSynthesisUtterance(m.innerText.slice(0, 1500));
    u.lang = html.lang; u.rate = 0.9; u.onend = function () { b.setAttribute('aria-pressed', 'false'); };
    b.setAttribute('aria-pressed', 'true'); voice.speak(u);
  });

  /* 5 How many characters are left. */
  function count(t) {
    var c = d.getElementById(t.id + '-count');
    if (c && c.dataset.left) c.textContent = c.dataset.left.replace('{n}', t.maxLength - t.value.length);
  }
  on('input', 'textarea[maxlength]', function (e, t) { count(t); });
  d.querySelectorAll('textarea[maxlength]').forEach(count);

  /* 6 Filters send themselves; without this script there is a button. */
  on('change', 'form[data-auto] select', function (e, s) { if (s.form.requestSubmit) s.form.requestSubmit(); });

  /* 7 Parts of a form that matter only after a choice: data-when="field=value" (values joined by |). */
  function matches(el) {
    var rule = el.dataset.when.split('='), now = '';
    d.querySelectorAll('[name="' + rule[0] + '"]').forEach(function (f) {
      if (f.type === 'radio' || f.type === 'checkbox') { if (f.checked) now = f.value; } else now = f.value;
    });
    return rule[1].split('|').indexOf(now) >= 0;
  }
  function shape() { d.querySelectorAll('[data-when]').forEach(function (el) { el.hidden = !matches(el) && !el.querySelector('.err-msg'); }); }
  d.addEventListener('change', shape);
  shape();

  /* 8 The grid of a building is told as soon as it is chosen: the option carries it. */
  function tell(s) {
    var box = d.getElementById(s.dataset.tells), o = s.options[s.selectedIndex], grid = o && o.dataset.grid;
    if (!box) return;
    box.hidden = !grid;
    if (grid) box.querySelector('b').textContent = grid;
  }
  on('change', 'select[data-tells]', function (e, s) { tell(s); });
  d.querySelectorAll('select[data-tells]').forEach(tell);
}());
