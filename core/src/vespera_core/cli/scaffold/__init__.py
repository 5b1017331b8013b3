"""New plugin projects: templates, and the writing of them."""
