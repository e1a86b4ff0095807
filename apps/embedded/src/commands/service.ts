import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UserError } from '@marquee/process';
import { makeCommand, makeEnvironment, type StackPaths } from '@marquee/stack';
import { makeDataFolder } from '../supervision/data-folder.ts';

/** Who starts the stack with the machine: systemd on Linux, launchd on macOS. */
export interface ServiceHost {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly isRoot: boolean;
  /** The program that runs the stack, such as `/usr/bin/node`. */
  readonly node: string;
}

/** A file that describes the service, and the commands that make it take effect. */
export interface Service {
  readonly file: string;
  readonly content: string;
  readonly enable: readonly string[];
  readonly disable: readonly string[];
}

/** The user whose machine this is. */
export function thisHost(): ServiceHost {
  return {
    platform: platform(),
    home: homedir(),
    isRoot: process.getuid?.() === 0,
    node: process.execPath,
  };
}

/**
 * The service that runs a stack.
 *
 * @throws UserError on a system that has neither systemd nor launchd
 */
export function serviceOf(stack: StackPaths, host: ServiceHost): Service {
  const { DATA_DIR: data } = makeEnvironment(stack.root, stack.paths.data);
  // each stack has its own service
  const name =
    data === undefined
      ? 'marquee'
      : `marquee-${basename(stack.paths.data).replaceAll(/[^\w.-]/gu, '-')}`;
  if (host.platform === 'linux') return systemdService(stack, host, name);
  if (host.platform === 'darwin') return launchdService(stack, host, name);
  throw new UserError(
    `There is no service for ${host.platform}. Let your system run at its start: make up`,
  );
}

/** Of the user; of the system if root runs the stack. */
function systemdService(stack: StackPaths, host: ServiceHost, name: string): Service {
  const folder = host.isRoot
    ? '/etc/systemd/system'
    : join(host.home, '.config', 'systemd', 'user');
  const systemctl = host.isRoot ? 'systemctl' : 'systemctl --user';
  return {
    file: join(folder, `${name}.service`),
    content: `# Made by make service; make service REMOVE=1 removes it.
[Unit]
Description=marquee on ${escapePercent(stack.paths.data)}

[Service]
WorkingDirectory=${escapePercent(stack.root)}
Environment=${quoteForSystemd(`DATA_DIR=${stack.paths.data}`)}
ExecStart=${[host.node, mainOf(stack), 'supervise'].map(quoteForSystemd).join(' ')}
# the supervisor stops its processes in order, and takes up to two and a half minutes
KillMode=mixed
TimeoutStopSec=180
Restart=on-failure
RestartSec=10

[Install]
WantedBy=${host.isRoot ? 'multi-user' : 'default'}.target
`,
    enable: [
      `${systemctl} daemon-reload`,
      `${systemctl} enable --now ${name}`,
      // else it starts when the user logs in
      ...(host.isRoot ? [] : ['loginctl enable-linger']),
    ],
    disable: [`${systemctl} disable --now ${name}`],
  };
}

function launchdService(stack: StackPaths, host: ServiceHost, name: string): Service {
  const file = join(host.home, 'Library', 'LaunchAgents', `${name}.plist`);
  const log = join(stack.paths.log, 'supervisor.log');
  const command = [host.node, mainOf(stack), 'supervise'];
  return {
    file,
    content: `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>${name}</string>
  <key>ProgramArguments</key>
  <array>${command.map((argument) => `<string>${escapeXml(argument)}</string>`).join('')}</array>
  <key>WorkingDirectory</key><string>${escapeXml(stack.root)}</string>
  <key>EnvironmentVariables</key>
  <dict><key>DATA_DIR</key><string>${escapeXml(stack.paths.data)}</string></dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ExitTimeOut</key><integer>180</integer>
  <key>StandardOutPath</key><string>${escapeXml(log)}</string>
  <key>StandardErrorPath</key><string>${escapeXml(log)}</string>
</dict>
</plist>
`,
    enable: [`launchctl bootstrap gui/$(id -u) '${file.replaceAll("'", `'\\''`)}'`],
    disable: [`launchctl bootout gui/$(id -u)/${name}`],
  };
}

function mainOf({ root }: StackPaths): string {
  return join(root, 'apps', 'embedded', 'dist', 'main.js');
}

/** A word of a unit file: in quotes, without specifiers and variables. */
function quoteForSystemd(word: string): string {
  return `"${escapePercent(word)
    .replaceAll(/["\\]/gu, String.raw`\$&`)
    .replaceAll('$', '$$$$')}"`;
}

function escapePercent(text: string): string {
  return text.replaceAll('%', '%%');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Writes the service's file, or removes it, and prints the commands that make it take effect. */
export function manageService(stack: StackPaths, isRemoval: boolean): void {
  const { file, content, enable, disable } = serviceOf(stack, thisHost());
  const commands = (isRemoval ? disable : enable).map((command) => `  ${command}`).join('\n');
  if (isRemoval) {
    console.log(`To stop the service, and to start it no more with the machine:\n${commands}`);
    rmSync(file, { force: true });
    console.log(`Removed ${file}. The data stays.`);
    return;
  }
  makeDataFolder(stack.paths);
  mkdirSync(stack.paths.log, { recursive: true });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(
    `Wrote ${file}, which runs the stack on ${stack.paths.data} with the settings of .env and of settings.env there.\nIf it is up, stop it: ${makeCommand(stack.env, 'down')}. Then start it, now and with the machine:\n${commands}`,
  );
}
