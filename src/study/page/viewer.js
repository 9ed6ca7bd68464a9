/* The viewer of report.html: a list of cases in pages, one case large, decisions. Text goes into the page as
 * text alone (textContent), never as HTML. */
(function () {
  const data = JSON.parse(document.getElementById('case-data').textContent);
  const $ = (id) => document.getElementById('v-' + id);
  const PER_PAGE = 60, ALL_AT_ONCE = 200; /* cards */
  let storage = null;
  try {
    storage = window.localStorage;
  } catch (e) {
    storage = null;
  }
  const corrections = new Corrections(data.corrections, storage, 'myosurv:' + location.pathname + ':' + data.title);
  const cases = data.cases.map((row, at) => ({
    at, id: row[0], group: data.groups[row[1]], state: data.states[row[2]], confidence: row[3], slice: row[4],
    z: row[5], flags: row[6], corrected: row[7], reason: row[8], thumbnail: row[9] & 1, view: row[9] & 2,
    overview: row[9] & 4,
  }));
  const figures = document.querySelectorAll('#case-list > figure'); /* with pictures, where they are embedded */
  const size = cases.length <= ALL_AT_ONCE ? ALL_AT_ONCE : PER_PAGE;
  let shown = cases, page = 0, open = null, proposed = null;

  /* ---- the list ------------------------------------------------------------------------------------- */

  const kept = {
    all: () => true,
    flagged: (c) => c.flags !== '',
    unused: (c) => c.state !== 'used',
    corrected: (c) => c.corrected !== '',
    unseen: (c) => c.corrected === '' && !corrections.isSeen(c.id),
    decided: (c) => corrections.get(c.id) !== null,
  };
  const sureness = (c) => c.confidence === null ? -1 : c.confidence;

  function filter() {
    const text = $('find').value.trim().toLowerCase(), group = $('group').value, keep = kept[$('show').value];
    shown = cases.filter((c) => keep(c) && (group === '' || c.group === group) &&
      (text === '' || c.id.toLowerCase().includes(text)));
    const order = $('sort').value;
    if (order !== 'table')
      shown.sort((a, b) => (order === 'least' ? 1 : -1) * (sureness(a) - sureness(b)) || a.at - b.at);
    page = 0;
    drawList();
  }

  function element(name, css, text) {
    const e = document.createElement(name);
    if (css) e.className = css;
    if (text !== undefined) e.textContent = text;
    return e;
  }

  /* cases/ID/NAME beside the page; ids hold nothing but letters, digits and ._- */
  const fileOf = (c, name) => 'cases/' + encodeURIComponent(c.id) + '/' + name;

  function thumbnailOf(c) {
    const embedded = figures[c.at] && figures[c.at].querySelector('img');
    return embedded ? embedded.src : c.thumbnail ? fileOf(c, 'thumbnail.png') : null;
  }

  function decisionText(c) {
    const d = corrections.get(c.id);
    if (!d) return '';
    if (d.exclude === 'yes') return 'left out';
    if (d.l3_slice !== '') return 'slice ' + d.l3_slice;
    if (d.l3_z !== '') return 'z ' + d.l3_z + ' mm';
    return d.accept === 'yes' ? 'accepted' : 'noted';
  }

  function card(c, index) {
    const item = element('li'), button = element('button', 'case' + (c.state === 'used' ? '' : ' doubt'));
    button.type = 'button';
    button.dataset.index = String(index);
    const source = thumbnailOf(c);
    if (source) {
      const image = element('img');
      image.alt = '';
      image.loading = 'lazy';
      image.src = source;
      button.append(image);
    } else {
      button.append(element('span', 'nothing', 'no picture'));
    }
    button.append(element('strong', '', c.id), ' ' + c.group);
    if (c.confidence !== null) button.append(', L3 confidence ' + c.confidence.toFixed(2));
    if (c.state !== 'used') button.append(', ', element('span', 'bad', c.state));
    if (c.corrected !== '') button.append(', corrected');
    if (c.flags !== '') button.append(' ', element('span', 'bad', c.flags));
    const decided = decisionText(c);
    if (decided) button.append(' ', element('span', 'decided', decided));
    item.append(button);
    return item;
  }

  function drawList() {
    const pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(Math.max(0, page), pages - 1);
    const from = page * size, part = shown.slice(from, from + size);
    $('grid').replaceChildren(...part.map((c, i) => card(c, from + i)));
    $('count').textContent = shown.length === cases.length ? cases.length + ' cases'
      : shown.length + ' of ' + cases.length + ' cases';
    $('pages').textContent = String(pages);
    $('page').value = String(page + 1);
    $('page').max = String(pages);
    $('before').disabled = page === 0;
    $('after').disabled = page === pages - 1;
    document.querySelector('#viewer .pager').hidden = pages === 1;
  }

  function turnTo(wanted) {
    page = wanted;
    drawList();
  }

  /* Arrow keys go from card to card, as they lie on the screen. */
  function moveFocus(event) {
    const cards = Array.from($('grid').querySelectorAll('button')), at = cards.indexOf(document.activeElement);
    if (at < 0) return;
    const top = cards[0].getBoundingClientRect().top;
    const columns = cards.filter((b) => Math.abs(b.getBoundingClientRect().top - top) < 2).length;
    const step = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns}[event.key];
    if (!step) return;
    event.preventDefault();
    const to = cards[Math.min(Math.max(0, at + step), cards.length - 1)];
    to.focus();
  }

  /* ---- one case ------------------------------------------------------------------------------------- */

  function setPictures(c) {
    const embedded = data.pictures[c.id];
    const under = embedded ? embedded[0] : fileOf(c, 'view.png'), marks = embedded ? embedded[1] : fileOf(c, 'marks.png');
    $('panes').hidden = !c.view;
    $('none').hidden = Boolean(c.view);
    $('none').replaceChildren();
    for (const image of $('panes').querySelectorAll('img')) {
      if (c.view) image.src = image.className === 'marks' ? marks : under;
      else image.removeAttribute('src');
    }
    $('axial').querySelector('.under').alt = 'Axial slice of ' + c.id + ' at the level';
    $('sagittal').querySelector('.under').alt = 'Spine of ' + c.id + ' from the side';
    if (!c.view && (c.overview || thumbnailOf(c))) {
      const image = element('img', 'figure');
      image.alt = 'Overview of ' + c.id;
      image.src = c.overview ? fileOf(c, 'overview.png') : thumbnailOf(c);
      $('none').append(image);
    } else if (!c.view) {
      $('none').textContent = 'No picture of this case.';
    }
    $('overview').hidden = !c.overview;
    $('overview').href = fileOf(c, 'overview.png');
  }

  /* The line of a level that was given; null takes it away. */
  function drawLine(z) {
    proposed = z;
    const row = c => data.height / 2 - (z - c.z) * data.scale;
    const there = open && z !== null && open.z !== null && Number.isFinite(z);
    $('line').hidden = !there;
    $('sagittal').setAttribute('aria-valuenow', there ? z.toFixed(1) : String(open && open.z));
    if (!there) return;
    $('line').style.top = 100 * row(open) / data.height + '%';
    const off = z - open.z;
    $('line').firstElementChild.textContent = z.toFixed(1) + ' mm (' + (off < 0 ? '' : '+') + off.toFixed(1) + ')';
    $('sagittal').setAttribute('aria-valuetext', z.toFixed(1) + ' mm');
  }

  function proposeHeight(z) {
    $('z').value = z.toFixed(1);
    $('slice').value = '';
    drawLine(Number($('z').value));
  }

  function clickSpine(event) {
    if (!open || open.z === null) return;
    const box = $('sagittal').getBoundingClientRect();
    const row = (event.clientY - box.top) / box.height * data.height;
    proposeHeight(open.z + (data.height / 2 - row) / data.scale);
  }

  function keyOnSpine(event) {
    const step = {ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10}[event.key];
    if (!step || !open || open.z === null) return;
    event.preventDefault();
    event.stopPropagation();
    proposeHeight((proposed === null ? open.z : proposed) + step);
  }

  function fillForm(c) {
    const d = corrections.get(c.id) || {};
    $('slice').value = d.l3_slice || '';
    $('slice').placeholder = c.slice === null ? '' : String(c.slice);
    $('z').placeholder = c.z === null ? '' : c.z.toFixed(1);
    $('z').value = d.l3_z || '';
    $('note').value = d.note || '';
    $('exclude').checked = d.exclude === 'yes';
    if (d.by) $('by').value = d.by;
    drawLine(d.l3_z ? Number(d.l3_z) : null);
    $('undo').disabled = !corrections.get(c.id);
    say(decisionText(c) ? 'Decided here: ' + decisionText(c) + '.' : knownText(c), false);
  }

  function knownText(c) {
    const known = corrections.known.get(c.id);
    if (!known) return '';
    return 'corrections.csv says: ' + Object.keys(known).filter((k) => k !== 'case_id')
      .map((k) => k + ' ' + known[k]).join(', ') + '.';
  }

  function say(text, wrong) {
    $('said').textContent = text;
    $('said').className = wrong ? 'bad' : 'soft';
  }

  function show(c) {
    open = c;
    const at = shown.indexOf(c);
    $('title').textContent = c.id;
    const facts = [c.group, c.state, at < 0 ? '' : (at + 1) + ' of ' + shown.length,
      c.confidence === null ? '' : 'L3 confidence ' + c.confidence.toFixed(2),
      c.slice === null ? '' : 'slice ' + c.slice, c.z === null ? '' : 'z ' + c.z.toFixed(1) + ' mm',
      c.corrected === '' ? '' : 'corrected (' + c.corrected + ')'];
    $('facts').replaceChildren(facts.filter((f) => f !== '').join(' \u00b7 '));
    if (c.flags !== '') $('facts').append(' \u00b7 ', element('span', 'bad', c.flags));
    $('reason').textContent = c.reason;
    $('previous').disabled = at <= 0;
    $('next').disabled = at < 0 || at === shown.length - 1;
    setPictures(c);
    fillForm(c);
    if (!$('case').open) $('case').showModal();
  }

  function step(by) {
    const to = shown[shown.indexOf(open) + by];
    if (shown.includes(open) && to) show(to);
  }

  function today() {
    const now = new Date(), two = (n) => String(n).padStart(2, '0');
    return now.getFullYear() + '-' + two(now.getMonth() + 1) + '-' + two(now.getDate());
  }

  function decide(accept) {
    const c = open;
    const form = {l3_slice: accept ? '' : $('slice').value, l3_z: accept ? '' : $('z').value, accept,
                  exclude: !accept && $('exclude').checked, note: $('note').value, by: $('by').value};
    const made = makeDecision(form, corrections.known.get(c.id) || {}, today());
    if (made.error) {
      say(made.error, true);
      return;
    }
    corrections.set(c.id, made.decision);
    afterDecision(c);
  }

  function undo() {
    if (!open) return;
    corrections.remove(open.id);
    afterDecision(open);
  }

  function afterDecision(c) {
    drawExport();
    fillForm(c);
  }

  /* ---- corrections.csv ------------------------------------------------------------------------------ */

  function drawExport() {
    const n = corrections.decisions.size, rows = corrections.rows.length;
    $('export').disabled = n + rows === 0;
    $('export-note').textContent = (n === 0 ? 'Nothing decided on this page yet' : n + ' decided on this page') +
      (rows ? ', beside ' + rows + (rows === 1 ? ' row' : ' rows') + ' that the study has' : '') + '. ' +
      (corrections.saved ? '' : 'This browser keeps nothing: save the file before you close the page. ');
    $('text').value = n + rows === 0 ? '' : corrections.csv();
  }

  function exportFile() {
    const url = URL.createObjectURL(new Blob([corrections.csv()], {type: 'text/csv'}));
    const link = element('a');
    link.href = url;
    link.download = 'corrections.csv';
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    exported = corrections.csv();
    $('export-note').textContent = 'Put corrections.csv into the study\u2019s folder and run the study again.';
  }
  let exported = '';

  /* ---- wiring --------------------------------------------------------------------------------------- */

  function keyOnCase(event) {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== 'checkbox';
    if (event.ctrlKey || event.altKey || event.metaKey || typing) return;
    const act = {
      ArrowLeft: () => step(-1), ArrowRight: () => step(1), a: () => decide(true),
      m: () => $('marks').click(), x: () => $('exclude').click(), n: () => $('note').focus(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  for (const name of data.groups) {
    const option = element('option', '', name);
    option.value = name;
    $('group').append(option);
  }
  for (const id of ['show', 'group', 'sort']) $(id).addEventListener('change', filter);
  $('find').addEventListener('input', filter);
  $('page').addEventListener('change', () => turnTo(Number($('page').value) - 1 || 0));
  $('before').addEventListener('click', () => turnTo(page - 1));
  $('after').addEventListener('click', () => turnTo(page + 1));
  $('grid').addEventListener('keydown', moveFocus);
  $('grid').addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button) show(shown[Number(button.dataset.index)]);
  });
  $('case').addEventListener('keydown', keyOnCase);
  $('case').addEventListener('close', () => {
    const at = shown.indexOf(open);
    page = at < 0 ? page : Math.floor(at / size);
    drawList(); /* decisions show, but the case stays where it was until the filter is used again */
    const button = $('grid').querySelector('[data-index="' + at + '"]');
    if (button) button.focus();
  });
  $('previous').addEventListener('click', () => step(-1));
  $('next').addEventListener('click', () => step(1));
  $('close').addEventListener('click', () => $('case').close());
  $('marks').addEventListener('change', () => $('panes').classList.toggle('plain', !$('marks').checked));
  $('sagittal').addEventListener('click', clickSpine);
  $('sagittal').addEventListener('keydown', keyOnSpine);
  $('z').addEventListener('input', () => drawLine($('z').value.trim() === '' ? null : Number($('z').value)));
  $('slice').addEventListener('input', () => drawLine(null));
  $('accept').addEventListener('click', () => decide(true));
  $('undo').addEventListener('click', undo);
  $('form').addEventListener('submit', (event) => {
    event.preventDefault();
    decide(false);
  });
  $('export').addEventListener('click', exportFile);
  window.addEventListener('beforeunload', (event) => {
    if (!corrections.saved && corrections.decisions.size && exported !== corrections.csv()) event.preventDefault();
  });

  const list = document.getElementById('case-list');
  if (list) list.hidden = true;
  document.getElementById('viewer').hidden = false;
  filter();
  drawExport();
})();
