#!/usr/bin/env node
import { program } from 'commander'

program.name('regotcha-feedback').description('See and operate the feedback of your CAPTCHA tokens.')

await program.parseAsync()
