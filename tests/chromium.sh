#!/bin/sh
# Make sure a chromium is here for the tests that walk the pages; say plainly where that cannot be had.
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "chromium is not here: installing Debian's package for the browser tests"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "chromium is not here and cannot be installed by this user: the browser tests will be skipped." >&2
echo "Install it with your system's package manager (Debian: apt install chromium) and run make test again." >&2
