/** Elements made from script, in one line each. Texts are text: nothing here takes markup. */

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | boolean>} [attributes] `true` sets it empty, `false` leaves it out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== false) element.setAttribute(key, value === true ? '' : value);
  element.append(...children);
  return element;
}

/**
 * A button of a tool bar: a sign to see, words to hear and to hover over. A sign that is a word is heard first, so that who
 * speaks to the machine can say what is seen.
 * @param {string} sign
 * @param {string} words
 * @param {() => void} act
 */
export function makeTool(sign, words, act) {
  const isWord = /[a-z]/i.test(sign) && !words.startsWith(sign);
  const label = isWord ? `${sign}: ${words}` : words;
  const button = make('button', { type: 'button', class: 'tool', 'aria-label': label, title: words }, sign);
  button.addEventListener('click', act);
  return button;
}

/**
 * A tool bar with a name of its own.
 * @param {string} name
 * @param {...(Node | string)} tools
 */
export function makeTools(name, ...tools) {
  return make('div', { class: 'tools', role: 'group', 'aria-label': name }, ...tools);
}

/** A line that screen readers speak when it changes, and nobody sees. */
export function makeSpeaker() {
  return make('p', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
}

/**
 * The element that the page must have for a script to work on it.
 * @template {Element} Kind
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`this page has no ${selector}`);
  return found;
}

/**
 * Runs the callback once, when it has not been asked for again for so long.
 * @param {number} delayMs
 * @param {() => void} callback
 */
export function debounce(delayMs, callback) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(callback, delayMs);
  };
}

/**
 * Runs the callback before the next picture, however often it is asked for.
 * @param {() => void} callback
 */
export function oncePerFrame(callback) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      callback();
    });
  };
}
