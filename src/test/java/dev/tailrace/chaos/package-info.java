/** Brokers as processes on a Redis Cluster, faults in random order, and the canary that accounts for every line. */
package dev.tailrace.chaos;
