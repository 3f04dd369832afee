"""Afterglow: post-treatment follow-up for med spas."""
