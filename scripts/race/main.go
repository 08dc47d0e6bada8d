// Command race does nothing. That it builds with -race shows that this machine
// has what the race detector needs.
package main

func main() {}
