<?php
// A master that forks its workers, waits for them, and forks another for each that ends.
// Argument 1: how many; argument 2: a file for the numbers of all processes.

function start_worker(string $file): void
{
    $pid = pcntl_fork();
    if ($pid === 0) {
        pcntl_async_signals(false);
        while (true) {
            sleep(1000);
        }
    }
    file_put_contents($file, "$pid\n", FILE_APPEND);
}

for ($i = 0; $i < (int) $argv[1]; $i++) {
    start_worker($argv[2]);
}
while (pcntl_wait($status) > 0) {
    start_worker($argv[2]);
}
