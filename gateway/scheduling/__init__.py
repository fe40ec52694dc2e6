"""Who does what when: the alarm clock that asks what is due, the queue that carries it, and the jobs themselves."""
