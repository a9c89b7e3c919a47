/* Progressive enhancement of the admin door; without this file everything works the same, less comfortably. */
(function () {
  'use strict';
  var d = document;

  /* Cards on a phone say what each value is, and fields of a table have a name: the column's head goes along. */
  function label(table) {
    var heads = Array.prototype.map.call(table.querySelectorAll('thead tr:last-child th'), function (th) {
      return th.querySelector('.visually-hidden') ? '' : (th.querySelector('.text') || th).textContent.trim();
    });
    table.querySelectorAll('tbody tr').forEach(function (tr) {
      Array.prototype.forEach.call(tr.children, function (cell, i) {
        if (!heads[i] || cell.hasAttribute('colspan')) return;
        cell.dataset.label = heads[i];
        cell.querySelectorAll('input:not([type=hidden]), select, textarea').forEach(function (field) {
          if (!field.labels.length && !field.hasAttribute('aria-label')) field.setAttribute('aria-label', heads[i]);
        });
      });
    });
  }
  d.querySelectorAll('#result_list, .inline-group table').forEach(label);
  d.addEventListener('formset:added', function (e) {
    var table = e.target.closest && e.target.closest('table');
    if (table) label(table);
  });

  /* A second press of the same button sends nothing; the server takes it once in any case. */
  d.addEventListener('submit', function (e) {
    var f = e.target;
    if (f.method !== 'post' || f.id === 'changelist-form') return;
    if (f.dataset.busy) { e.preventDefault(); return; }
    f.dataset.busy = '1';
    setTimeout(function () { delete f.dataset.busy; }, 5000);
  });
  window.addEventListener('pageshow', function (e) {
    if (e.persisted) d.querySelectorAll('form[data-busy]').forEach(function (f) { delete f.dataset.busy; });
  });

  /* On a phone the filters wait until they are asked for. */
  if (window.matchMedia('(max-width: 767px)').matches) {
    d.querySelectorAll('#changelist-filter details').forEach(function (x) { x.open = false; });
  }

  /* The choices that are searched for carry the name of their field. */
  function nameChoices() {
    d.querySelectorAll('select.admin-autocomplete').forEach(function (select) {
      var label = d.querySelector('label[for="' + select.id + '"]');
      var box = select.nextElementSibling;
      var name = (label ? label.textContent : select.getAttribute('aria-label') || '').replace(/[:：]\s*$/, '').trim();
      if (!name || !box || !box.classList.contains('select2')) return;
      box.querySelectorAll('[role=combobox], [role=textbox], [role=searchbox]').forEach(function (part) {
        part.setAttribute('aria-label', name);
        part.removeAttribute('aria-labelledby');
      });
      select.dataset.fieldLabel = name;
    });
  }
  d.addEventListener('DOMContentLoaded', function () { setTimeout(nameChoices, 0); });
  d.addEventListener('formset:added', function () { setTimeout(nameChoices, 0); });

  /* What is typed to find a person stands in no address: choices are asked for by POST. */
  if (window.django && window.django.jQuery) {
    window.django.jQuery(d).on('select2:open', function (e) {
      d.querySelectorAll('.select2-search--dropdown .select2-search__field').forEach(function (field) {
        field.setAttribute('aria-label', e.target.dataset.fieldLabel || '');
      });
    });
    window.django.jQuery.ajaxPrefilter(function (options) {
      if (options.url.indexOf('/autocomplete/') < 0) return;
      var token = d.querySelector('input[name=csrfmiddlewaretoken]');
      options.type = 'POST';
      options.headers = Object.assign({ 'X-CSRFToken': token ? token.value : '' }, options.headers);
    });
  }
})();
