/* What a reviewer decides, and corrections.csv made of it. Needs no page: tests may run it alone. */
'use strict';

/* The columns that a decision fills; further ones of an existing file are kept as they are. */
const DECISION_COLUMNS = ['l3_slice', 'l3_z', 'accept', 'exclude', 'note', 'by', 'date'];

/* One cell: quoted where it must be. A line's end within a note would be legal, but spreadsheets trip over it. */
function csvCell(text) {
  const flat = String(text === null || text === undefined ? '' : text).replace(/[\r\n]+/g, ' ');
  return /[",;\t]|^\s|\s$|^#/.test(flat) ? '"' + flat.replace(/"/g, '""') + '"' : flat;
}

function csvOf(columns, rows) {
  return [columns].concat(rows).map((row) => row.map(csvCell).join(',')).join('\n') + '\n';
}

/* The decisions of this page beside the rows that the study has: none of those is lost, and one that is there
 * already is not written twice. */
class Corrections {
  constructor(existing, storage, key) {
    this.columns = existing.columns.length ? existing.columns.slice() : ['case_id'];
    this.rows = existing.rows;
    this.storage = storage;
    this.key = key;
    this.decisions = new Map();
    this.saved = true;
    this.known = new Map(); /* case -> what its rows say, column by column */
    for (const row of this.rows) this.learn(row);
    this.load();
  }

  learn(row) {
    const id = row[this.columns.indexOf('case_id')];
    const known = this.known.get(id) || {};
    this.columns.forEach((column, c) => {
      if (row[c] !== undefined && row[c] !== '') known[column] = row[c];
      if (column === 'l3_slice' && row[c]) delete known.l3_z;
      if (column === 'l3_z' && row[c]) delete known.l3_slice;
    });
    this.known.set(id, known);
  }

  load() {
    let stored = {};
    try {
      stored = JSON.parse(this.storage.getItem(this.key) || '{}');
    } catch (e) {
      this.storage = null; /* a browser that keeps nothing: the page says so */
    }
    for (const id of Object.keys(stored))
      if (!this.isWritten(id, stored[id])) this.decisions.set(id, stored[id]);
    this.save();
  }

  save() {
    this.saved = false;
    try {
      if (!this.storage) return;
      this.storage.setItem(this.key, JSON.stringify(Object.fromEntries(this.decisions)));
      this.saved = true;
    } catch (e) {
      this.storage = null;
    }
  }

  /* The study's file has this decision already. */
  isWritten(id, decision) {
    return this.rows.some((row) => row[this.columns.indexOf('case_id')] === id &&
      DECISION_COLUMNS.every((c) => {
        const at = this.columns.indexOf(c);
        return (at < 0 ? '' : row[at] || '') === csvText(decision[c]);
      }));
  }

  get(id) {
    return this.decisions.get(id) || null;
  }

  set(id, decision) {
    this.decisions.set(id, decision);
    this.save();
  }

  remove(id) {
    this.decisions.delete(id);
    this.save();
  }

  /* Somebody looked at it: here, or as the study's file says. */
  isSeen(id) {
    return this.decisions.has(id) || this.known.has(id);
  }

  csv() {
    const columns = this.columns.slice();
    for (const c of DECISION_COLUMNS) if (!columns.includes(c)) columns.push(c);
    const rows = this.rows.map((row) => columns.map((_, c) => row[c] || ''));
    for (const [id, decision] of this.decisions)
      rows.push(columns.map((c) => c === 'case_id' ? id : csvText(decision[c])));
    return csvOf(columns, rows);
  }
}

/* As a cell will read back. */
function csvText(value) {
  return String(value === null || value === undefined ? '' : value).replace(/[\r\n]+/g, ' ').trim();
}

/* What a row must say, so that it means the same whatever rows stand before it: of each column the last value
 * counts. Returns {decision} or {error}. */
function makeDecision(form, known, today) {
  const d = {l3_slice: '', l3_z: '', accept: '', exclude: '', note: csvText(form.note), by: csvText(form.by),
             date: today};
  const slice = csvText(form.l3_slice), z = csvText(form.l3_z);
  if (slice !== '' && z !== '') return {error: 'Give the slice or the height, not both.'};
  if (slice !== '' && !/^\d+$/.test(slice)) return {error: 'The slice must be a whole number; 0 is the lowest slice.'};
  if (z !== '' && !/^[-+]?(\d+\.?\d*|\.\d+)$/.test(z)) return {error: 'The height must be a number of mm.'};
  if (form.exclude && form.accept) return {error: 'A case that is left out cannot be accepted too.'};
  d.l3_slice = slice;
  d.l3_z = z;
  if (form.accept) d.accept = 'yes';
  else if (known.accept === 'yes') d.accept = 'no';
  if (form.exclude) d.exclude = 'yes';
  else if (known.exclude === 'yes') d.exclude = 'no';
  if (!d.l3_slice && !d.l3_z && !d.accept && !d.exclude && !d.note)
    return {error: 'Nothing to note: accept the case, give a level, leave it out, or write a note.'};
  return {decision: d};
}

if (typeof module !== 'undefined') module.exports = {Corrections, csvCell, csvOf, makeDecision};
