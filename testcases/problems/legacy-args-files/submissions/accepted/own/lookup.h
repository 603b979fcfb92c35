/* The package's file of this name replaces this one. */
#error "not replaced"
