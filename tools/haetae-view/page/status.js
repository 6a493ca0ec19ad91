// SPDX-License-Identifier: Apache-2.0
// The line below the header: what does not work just now.
import { visible } from './format.js';

const line = document.getElementById('status');

export function alarm(text) {
  line.textContent = text ? visible(text) : '';
  line.hidden = !text;
}
