package dev.tailrace.api;

/** @param fleetDevices a fleet has at most so many devices */
public record ApiOptions(int fleetDevices) {}
