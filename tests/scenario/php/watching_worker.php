<?php
// A worker that compares its configuration file with what it has read and, when it is another,
// simply ends, trusting that somebody starts it anew.
// Argument 1: the configuration file.

$file = $argv[1];
$read = file_get_contents($file);
echo getmypid(), ' works with ', trim($read), "\n";
do {
    usleep(20000);
} while (file_get_contents($file) === $read);
echo getmypid(), " ends, its configuration has changed\n";
