<?php
// Ends as many scripts end when something is missing: die() with a message exits with status 0.
// Argument 1: a file that has to be there.

if (!is_file($argv[1])) {
    die("cannot connect to the database\n");
}
echo "connected\n";
while (true) {
    sleep(1000);
}
