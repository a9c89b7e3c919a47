/* Beside the form of an activity: the card that residents will see, as far as it is written. Without this file there is
   no such card. Words come from the card (data-*), so that they are translated with the page. */
(function () {
  'use strict';
  var card = document.querySelector('[data-preview]'), form = document.querySelector('form.entry');
  if (!card || !form) return;
  function value(name) { return form.elements[name] ? form.elements[name].value.trim() : ''; }
  function put(part, text) { card.querySelector('[data-part="' + part + '"]').textContent = text; }
  function clock(name) { return value(name).replace(/^0/, ''); }
  function show() {
    var day = value('day').split('-').map(Number), venue = form.elements.venue, date = card.querySelector('.date');
    var weekday = day[2] ? card.dataset.weekdays.split(' ')[new Date(day[0], day[1] - 1, day[2]).getDay()] : '';
    var places = Number(value('guests')) + Number(value('helpers'));
    put('title', value('title') || card.dataset.untitled);
    put('day', day[2] || '');
    put('month', day[2] ? card.dataset.month.replace('{n}', day[1]) : '');
    put('when', value('begins') && value('ends') ? weekday + ' ' + clock('begins') + '–' + clock('ends') : weekday);
    put('place', venue.value ? venue.options[venue.selectedIndex].text : value('place_text'));
    put('places', places ? card.dataset.places.replace('{n}', places) : '');
    date.className = ('date ' + (date.getAttribute('data-' + value('for_whom')) || '')).trim();
  }
  form.addEventListener('input', show);
  window.addEventListener('pageshow', show); // also when the browser fills the form again
  card.hidden = false;
  show();
}());
