<?php
// A daemon that reads its settings again on SIGHUP and keeps its process, and that takes its leave
// on SIGTERM.
// Argument 1: its ini file.

$ini = $argv[1];
$settings = parse_ini_file($ini);
$goes_on = true;
pcntl_async_signals(true);
pcntl_signal(SIGHUP, function () use ($ini, &$settings) {
    $settings = parse_ini_file($ini);
    echo getmypid(), " reloaded, greeting is {$settings['greeting']}\n";
});
pcntl_signal(SIGTERM, function () use (&$goes_on) {
    $goes_on = false;
});
echo getmypid(), " started, greeting is {$settings['greeting']}\n";
while ($goes_on) {
    sleep(1000); // a signal ends the sleep
}
echo getmypid(), " good bye\n";
