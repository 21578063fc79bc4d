/** Job files from the disk: chosen, or dropped on the editor. Read here; what is sent is the text that is seen. */
import { make } from '../elements.js';

const LARGEST = 8 * 1024 * 1024;

/**
 * @param {HTMLElement} target where files may be dropped; the button to choose one stands above
 * @param {(name: string, text: string) => void} take
 */
export function takeFiles(target, take) {
  /** @param {File | undefined} file */
  const read = async (file) => {
    if (file === undefined) return;
    if (file.size > LARGEST)
      return take(file.name, `# ${file.name} is larger than 8 MB: submit it with easel submit`);
    take(file.name, await file.text());
  };
  const input = make('input', { type: 'file', accept: '.json,.yaml,.yml', 'aria-label': 'Choose a file' });
  input.addEventListener('change', () => {
    void read(input.files?.[0]);
    input.value = '';
  });
  target.before(make('p', { class: 'editor-files' }, input, ' or drop one below'));
  target.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    target.classList.add('is-target');
  });
  for (const name of ['dragleave', 'drop'])
    target.addEventListener(name, () => target.classList.remove('is-target'));
  target.addEventListener('drop', (event) => {
    const file = event.dataTransfer?.files[0];
    if (file === undefined) return;
    event.preventDefault();
    void read(file);
  });
}
