import { expect, it } from 'vitest';
import { agentName } from './agent';

it('names the program and the device as people do', () => {
  const android =
    'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36';
  const edge =
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0';
  const iphone =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605 Version/17.0 Safari/604.1';
  expect(agentName(android)).toBe('Chrome · Android');
  expect(agentName(edge)).toBe('Edge · Windows');
  expect(agentName(iphone)).toBe('Safari · iPhone');
  expect(agentName('sambung-cli')).toBe('sambung-cli');
});
