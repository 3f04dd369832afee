"""Pure decisions. Facts and `now` come in, a decision with its reason goes out."""
