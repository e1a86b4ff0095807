import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { dataPaths } from '@marquee/stack';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serviceOf, type ServiceHost } from './service.ts';

const ADA: ServiceHost = { platform: 'linux', home: '/home/ada', isRoot: false, node: '/bin/true' };

const stackIn = (root: string, data = join(root, 'data')) => ({
  root,
  env: {},
  paths: dataPaths(data),
});

describe('a service', () => {
  it('belongs to the user on Linux, and starts without a login', () => {
    const { file, content, enable } = serviceOf(stackIn('/home/ada/marquee'), ADA);
    expect(file).toBe('/home/ada/.config/systemd/user/marquee.service');
    expect(content).toContain(
      'ExecStart="/bin/true" "/home/ada/marquee/apps/embedded/dist/main.js" "supervise"\n',
    );
    expect(content).toContain('WantedBy=default.target');
    expect(enable).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable --now marquee',
      'loginctl enable-linger',
    ]);
  });

  it('belongs to the system for root, and to one data folder', () => {
    const { file, content, disable } = serviceOf(stackIn('/srv/marquee', '/srv/films 2'), {
      ...ADA,
      isRoot: true,
    });
    expect(file).toBe('/etc/systemd/system/marquee-films-2.service');
    expect(content).toContain('Environment="DATA_DIR=/srv/films 2"\n');
    expect(content).toContain('WantedBy=multi-user.target');
    expect(disable).toEqual(['systemctl disable --now marquee-films-2']);
  });

  it.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)(
    'is accepted by systemd, with any characters in the folder',
    () => {
      const root = mkdtempSync(join(tmpdir(), `marquee 100% "new" $HOME \\ `));
      onTestFinished(() => rmSync(root, { recursive: true }));
      const { file, content } = serviceOf(stackIn(root), ADA);
      const unit = join(tmpdir(), `${basename(root).replaceAll(/\W/gu, '')}-${basename(file)}`);
      onTestFinished(() => rmSync(unit));
      writeFileSync(unit, content);
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], {
        encoding: 'utf8',
      });
      expect({ status, stderr: stderr.includes(basename(unit)) ? stderr : '' }).toEqual({
        status: 0,
        stderr: '',
      });
    },
  );

  it('is a launch agent on macOS, whose paths are escaped', () => {
    const { file, content, enable } = serviceOf(stackIn('/Users/ada/<b> & c'), {
      ...ADA,
      platform: 'darwin',
      home: '/Users/ada',
    });
    expect(file).toBe('/Users/ada/Library/LaunchAgents/marquee.plist');
    expect(content).toContain(
      '<key>WorkingDirectory</key><string>/Users/ada/&lt;b&gt; &amp; c</string>',
    );
    expect(enable).toEqual([
      `launchctl bootstrap gui/$(id -u) '/Users/ada/Library/LaunchAgents/marquee.plist'`,
    ]);
  });

  it('cannot be made on another system, and says what to do', () => {
    expect(() => serviceOf(stackIn('/srv/marquee'), { ...ADA, platform: 'freebsd' })).toThrow(
      'Let your system run at its start: make up',
    );
  });
});
