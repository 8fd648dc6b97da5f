'use strict';
(() => {
  const RETRY = 1000;
  const root = document.documentElement;
  const live = document.getElementById('live');
  root.classList.add('js');

  // Not by `scrollIntoView`: the tab key would go on from there.
  const side = document.querySelector('.side');
  const current = side?.querySelector('[aria-current]');
  if (current) side.scrollLeft = current.offsetLeft - (side.clientWidth - current.offsetWidth) / 2;

  /* Copying */
  const copy = async (button) => {
    const element = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(element.textContent);
      button.textContent = 'Copied';
    } catch {
      // Without permission, or not over a secure connection: the text is selected instead.
      getSelection().selectAllChildren(element);
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  };
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-copy]');
    if (button) copy(button);
  });

  /* Keys */
  const help = document.getElementById('help');
  const openHelp = () => { if (help && !help.open) help.showModal(); };
  document.getElementById('help-button')?.addEventListener('click', openHelp);
  const links = () => [...document.querySelectorAll('main tbody tr')]
    .map((row) => row.querySelector('a, button')).filter(Boolean);
  const step = (by) => {
    const all = links();
    const row = document.activeElement?.closest?.('main tbody tr');
    const at = row ? all.findIndex((link) => row.contains(link)) : (by > 0 ? -1 : all.length);
    const next = all[at + by];
    if (next) {
      next.focus();
      next.scrollIntoView({ block: 'nearest' });
    }
  };
  let isGoing = false;
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help?.open) return;
    const target = event.target;
    if (target.closest?.('input, select, textarea')) {
      if (event.key === 'Escape') target.blur();
      return;
    }
    const { key } = event;
    if (isGoing) {
      isGoing = false;
      const link = [...document.querySelectorAll('[data-go]')].find((one) => one.dataset.go === key);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    if (key === 'g') {
      isGoing = true;
      setTimeout(() => { isGoing = false; }, 1500);
    } else if (key === '/') {
      event.preventDefault();
      (document.getElementById('filter') ?? document.getElementById('find'))?.focus();
    } else if (key === '?') {
      openHelp();
    } else if (key === 'j' || key === 'k') {
      step(key === 'j' ? 1 : -1);
    }
  });

  /* The clock runs on between two pages. */
  let readAt = performance.now();
  setInterval(() => {
    const clock = document.getElementById('clock-now');
    if (!clock || 'frozen' in clock.dataset) return;
    const now = new Date(Number(clock.dataset.now) + performance.now() - readAt);
    if (!Number.isNaN(now.getTime())) {
      const text = now.toISOString().slice(0, 19).replace('T', ' ');
      clock.querySelector('time').textContent = text;
    }
  }, 500);

  /* The page follows what happens. */
  let main = document.querySelector('main');
  let { version } = document.body.dataset;
  if (!version || !live) return;
  let known = main.innerHTML;
  const say = (text, kind) => {
    if (live.textContent !== text) live.textContent = text;
    live.className = `live js-only ${kind}`;
  };
  const wait = (time) => new Promise((resolve) => { setTimeout(resolve, time); });
  const shown = () => new Promise((resolve) => {
    document.addEventListener('visibilitychange', resolve, { once: true });
  });

  /** How to find an element again in the new page. */
  const place = (element) => {
    if (!element || !main.contains(element)) return null;
    if (element.id) return () => document.getElementById(element.id);
    const key = element.closest('[data-key]')?.dataset.key;
    const scope = () => (key && main.querySelector(`[data-key="${CSS.escape(key)}"]`)) || main;
    const within = () => [...scope().querySelectorAll(element.localName)];
    const index = within().indexOf(element);
    return () => within()[index];
  };

  const swap = (next) => {
    const focused = place(document.activeElement);
    const { selectionStart, selectionEnd } = document.activeElement ?? {};
    const open = new Map([...main.querySelectorAll('details[id]')].map((one) => [one.id, one.open]));
    const typed = new Map([...main.querySelectorAll('input[id], textarea[id], select[id]')]
      .filter((one) => (one.localName === 'select'
        ? [...one.options].some((option) => option.selected !== option.defaultSelected)
        : one.value !== one.defaultValue))
      .map((one) => [one.id, one.value]));
    const keys = new Set([...main.querySelectorAll('[data-key]')].map((one) => one.dataset.key));
    const wasEmpty = keys.size === 0;
    const { scrollX, scrollY } = window;
    main.innerHTML = next;
    open.forEach((isOpen, id) => {
      const details = document.getElementById(id);
      if (details) details.open = isOpen;
    });
    typed.forEach((value, id) => {
      const field = document.getElementById(id);
      if (field) field.value = value;
    });
    main.querySelectorAll('[data-key]').forEach((one) => {
      if (!wasEmpty && !keys.has(one.dataset.key)) one.classList.add('new');
    });
    const again = focused?.();
    if (again) {
      again.focus({ preventScroll: true });
      if (selectionStart !== null && selectionStart !== undefined && again.setSelectionRange) {
        try { again.setSelectionRange(selectionStart, selectionEnd); } catch { /* not text */ }
      }
    }
    scrollTo(scrollX, scrollY);
  };

  const refresh = async (signal) => {
    const response = await fetch(location.href, { cache: 'no-store', signal });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const next = page.querySelector('main');
    // A page without navigation, such as a refusal.
    if (!next || !page.body.dataset.version) {
      location.reload();
      return;
    }
    version = page.body.dataset.version;
    readAt = performance.now();
    document.getElementById('clock-now')?.replaceWith(page.getElementById('clock-now'));
    if (next.innerHTML !== known && !('still' in main.dataset)) {
      known = next.innerHTML;
      swap(known);
    }
  };

  const follow = async () => {
    for (;;) {
      if (document.hidden) {
        say('Paused', 'paused');
        await shown();
        continue;
      }
      const control = new AbortController();
      const stop = () => { if (document.hidden) control.abort(); };
      document.addEventListener('visibilitychange', stop);
      const limit = setTimeout(() => control.abort(), 30_000);
      try {
        const query = new URLSearchParams({ after: version });
        const response = await fetch(`/_emulate/ui/changes?${query}`, {
          cache: 'no-store', signal: control.signal,
        });
        // Somebody has to sign in again.
        if (response.status === 401) {
          location.reload();
          return;
        }
        if (!response.ok) throw new Error(String(response.status));
        const news = await response.text();
        if (news !== version) await refresh(control.signal);
        say('Live', '');
        // Many changes at once are one.
        await wait(150);
      } catch {
        if (!document.hidden) {
          say('The emulator does not answer', 'gone');
          await wait(RETRY);
        }
      } finally {
        clearTimeout(limit);
        document.removeEventListener('visibilitychange', stop);
      }
    }
  };
  follow();
})();
