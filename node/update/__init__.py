"""Software updates that cannot brick a node: releases side by side, a trial, a way back."""
