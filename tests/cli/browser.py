"""Opens a page in headless Chromium and looks at it through the DevTools protocol, over a pipe: nothing but Chromium and
Python's own library. Prints JSON: what the page loaded, what it complained of, and what a script says about it.

    browser.py PAGE.html [--width 1200] [--script FILE.js] [--screenshot FILE.png] [--pdf FILE.pdf]
                         [--downloads FOLDER] [--no-javascript]

The script is the body of an async function; what it returns is `value`. With --downloads the page must download
something. Exit status 77: no Chromium here."""
import argparse
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time


class Browser:
    def __init__(self, profile):
        program = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
        if not program:
            sys.exit(77)
        to_browser, self.write = os.pipe()
        self.read, from_browser = os.pipe()

        def place():  # Chromium reads from 3 and writes to 4
            a, b = os.dup(to_browser), os.dup(from_browser)
            while a < 5:
                a = os.dup(a)
            while b < 5:
                b = os.dup(b)
            os.dup2(a, 3)
            os.dup2(b, 4)

        flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
                 '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions',
                 '--host-resolver-rules=MAP * ~NOTFOUND', '--proxy-server=127.0.0.1:9', '--mute-audio',
                 f'--user-data-dir={profile}', '--remote-debugging-pipe', 'about:blank']
        self.process = subprocess.Popen([program] + flags, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=place)
        os.close(to_browser)
        os.close(from_browser)
        self.rest, self.id, self.events = b'', 0, []

    def message(self):
        while b'\0' not in self.rest:
            piece = os.read(self.read, 1 << 20)
            if not piece:
                raise SystemExit('browser.py: Chromium went away')
            self.rest += piece
        text, self.rest = self.rest.split(b'\0', 1)
        return json.loads(text)

    def call(self, method, session=None, **parameters):
        self.id += 1
        text = {'id': self.id, 'method': method, 'params': parameters}
        if session:
            text['sessionId'] = session
        data = json.dumps(text).encode() + b'\0'
        while data:
            data = data[os.write(self.write, data):]
        while True:
            got = self.message()
            if got.get('id') == self.id:
                if 'error' in got:
                    raise SystemExit(f"browser.py: {method}: {got['error']['message']}")
                return got['result']
            self.events.append(got)

    def wait_for(self, method, state=None):
        """Until there was such an event; a minute at most."""
        until = time.monotonic() + 60
        while not any(e.get('method') == method and state in (None, e['params'].get('state')) for e in self.events):
            if b'\0' not in self.rest and not select.select([self.read], [], [], max(0, until - time.monotonic()))[0]:
                raise SystemExit(f'browser.py: no {method} within a minute')
            self.events.append(self.message())

    def close(self):
        try:
            self.call('Browser.close')
        except (SystemExit, OSError):
            self.process.kill()
        self.process.wait()


def complaints(events):
    for e in events:
        p = e.get('params', {})
        if e.get('method') == 'Runtime.exceptionThrown':
            d = p['exceptionDetails']
            yield d.get('exception', {}).get('description', d['text'])
        elif e.get('method') == 'Runtime.consoleAPICalled' and p['type'] in ('error', 'warning', 'assert'):
            yield ' '.join(str(a.get('value', a.get('description'))) for a in p['args'])
        elif e.get('method') == 'Log.entryAdded' and p['entry']['level'] in ('error', 'warning'):
            yield p['entry']['text'] + ' ' + p['entry'].get('url', '')[:200]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('page')
    parser.add_argument('--width', type=int, default=1200)
    parser.add_argument('--height', type=int, default=900)
    for name in ('script', 'screenshot', 'pdf', 'downloads'):
        parser.add_argument('--' + name)
    parser.add_argument('--no-javascript', action='store_true')
    a = parser.parse_args()
    result = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        target = browser.call('Target.createTarget', url='about:blank')['targetId']
        page = browser.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            browser.call(domain + '.enable', page)
        browser.call('Emulation.setDeviceMetricsOverride', page, width=a.width, height=a.height, deviceScaleFactor=1,
                     mobile=a.width < 600)
        if a.no_javascript:
            browser.call('Emulation.setScriptExecutionDisabled', page, value=True)
        if a.downloads:
            browser.call('Browser.setDownloadBehavior', behavior='allow', eventsEnabled=True,
                         downloadPath=str(pathlib.Path(a.downloads).resolve()))
        start = time.monotonic()
        browser.call('Page.navigate', page, url=pathlib.Path(a.page).resolve().as_uri())
        browser.wait_for('Page.loadEventFired')
        result['seconds'] = round(time.monotonic() - start, 2)
        if a.script:
            code = '(async()=>{' + pathlib.Path(a.script).read_text() + '\n})()'
            got = browser.call('Runtime.evaluate', page, expression=code, awaitPromise=True, returnByValue=True)
            if 'exceptionDetails' in got:
                d = got['exceptionDetails']
                raise SystemExit('browser.py: script: ' + d.get('exception', {}).get('description', d['text']))
            result['value'] = got['result'].get('value')
        if a.downloads:
            browser.wait_for('Browser.downloadProgress', 'completed')
        if a.screenshot:
            shot = browser.call('Page.captureScreenshot', page, format='png')
            pathlib.Path(a.screenshot).write_bytes(base64.b64decode(shot['data']))
        if a.pdf:
            pdf = browser.call('Page.printToPDF', page, preferCSSPageSize=True, printBackground=True)
            pathlib.Path(a.pdf).write_bytes(base64.b64decode(pdf['data']))
        events = list(browser.events)
        browser.close()
    urls = [e['params']['request']['url'] for e in events if e.get('method') == 'Network.requestWillBeSent']
    result['outside'] = [u for u in urls if not u.startswith(('file:', 'data:', 'blob:'))]
    result['files'] = len([u for u in urls if u.startswith('file:')])
    result['errors'] = list(complaints(events))
    json.dump(result, sys.stdout)
    print()


main()
