(function () {
  "use strict";
  var collator = new Intl.Collator("sv", { numeric: true });
  function key(row, column) {
    var cell = row.cells[column];
    return cell.hasAttribute("data-sort") ? cell.getAttribute("data-sort") : cell.textContent.trim();
  }
  function compare(a, b) {
    if (a === "" || b === "") { return a === b ? 0 : a === "" ? 1 : -1; }
    var x = Number(a), y = Number(b);
    return isNaN(x) || isNaN(y) ? collator.compare(a, b) : x - y;
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("th button");
    if (!button) { return; }
    var head = button.parentNode, body = head.closest("table").tBodies[0], column = head.cellIndex;
    var order = head.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
    head.parentNode.querySelectorAll("th").forEach(function (th) {
      if (th.hasAttribute("aria-sort")) { th.setAttribute("aria-sort", th === head ? order : "none"); }
    });
    var sign = order === "ascending" ? 1 : -1;
    Array.from(body.rows).sort(function (a, b) {
      var x = key(a, column), y = key(b, column);
      return x === "" || y === "" ? compare(x, y) : sign * compare(x, y);
    }).forEach(function (row) { body.appendChild(row); });
  });
  if (navigator.clipboard) {
    document.querySelectorAll("pre.letter").forEach(function (letter) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Kopiera texten";
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(letter.textContent).then(
          function () { button.textContent = "Kopierad"; },
          function () { button.textContent = "Kunde inte kopiera: markera texten"; });
      });
      letter.after(button);
    });
  }
  function open() {
    var found = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (var node = found; node; node = node.parentElement) { if (node.tagName === "DETAILS") { node.open = true; } }
    if (found) { found.scrollIntoView(); }
  }
  window.addEventListener("hashchange", open);
  open();
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.print").forEach(function (d) { d.open = true; });
  });
})();
