"""The console's commands, a module for each thing that they are about; `table` lists them all."""
