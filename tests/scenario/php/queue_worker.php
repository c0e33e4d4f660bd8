<?php
// A worker as a pgrep loop used to keep alive: it takes task after task and tells what it does.
// Argument 1: a file in which each line is a task.

$task_file = $argv[1];
$done = 0;
while (true) {
    clearstatcache();
    $tasks = is_file($task_file) ? file($task_file, FILE_IGNORE_NEW_LINES) : [];
    foreach (array_slice($tasks, $done) as $task) {
        if ($task === 'crash') {
            throw new RuntimeException('the mail server has gone away');
        }
        echo getmypid(), " sent $task\n";
        $done++;
    }
    usleep(20000);
}
